"""Sealing identifiers and free text: one data key per patient (or practice), wrapped by a master key.

AES-256-GCM with a random nonce; the data key's own id and a context word are bound in as
associated data, so a sealed text cannot be moved to another patient or another column.
Rotation wraps data keys again and never touches what they sealed; emptying a key's
`wrapped` erases everything under it. Look-up is by HMAC, because a plain hash of a
ten-digit number can be undone by trying them all.
"""

import hashlib
import hmac
import json
import os
import uuid
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import select

from hub.extensions import db
from hub.models import DataKey

_NONCE = 12
ERASED = "(erased)"


def _masters() -> dict[str, bytes]:
    masters: dict[str, bytes] = current_app.config["MASTER_KEYS"]
    return masters


def new_key(practice_id: int, *, of_practice: bool = False) -> DataKey:
    """Return a fresh data key (not yet added to the session), wrapped by the current master key."""
    name = next(iter(_masters()))
    key_id = uuid.uuid4()
    return DataKey(
        id=key_id,
        practice_id=practice_id,
        of_practice=of_practice,
        master=name,
        wrapped=_wrap(name, key_id, AESGCM.generate_key(256)),
    )


def practice_key(practice_id: int) -> DataKey:
    """Return the practice's own key, made on first need (added to the session)."""
    query = select(DataKey).where(DataKey.practice_id == practice_id, DataKey.of_practice)
    key = db.session.scalars(query).one_or_none()
    if key is None:
        key = new_key(practice_id, of_practice=True)
        db.session.add(key)
        db.session.flush()
    return key


def rewrap(key: DataKey) -> bool:
    """Wrap `key` with the current master key; return whether anything changed."""
    current = next(iter(_masters()))
    if key.wrapped is None or key.master == current:
        return False
    key.wrapped = _wrap(current, key.id, _unwrap(key))
    key.master = current
    return True


def seal(key: DataKey, text: str | None, context: str) -> bytes | None:
    """Return `text` sealed under `key`; empty text and None stay None."""
    return seal_bytes(key, text.encode(), context) if text else None


def unseal(key: DataKey, sealed: bytes | None, context: str) -> str:
    """Return what `seal` was given, "" for None, or "(erased)" when the key was destroyed.

    Raises:
        cryptography.exceptions.InvalidTag: the text was sealed by another key or context.
    """
    if sealed is None:
        return ""
    if key.wrapped is None:
        return ERASED
    return unseal_bytes(key, sealed, context).decode()


def seal_bytes(key: DataKey, data: bytes, context: str) -> bytes:
    """Return `data` sealed under `key`: a file, or what is too much to be one text."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_unwrap(key)).encrypt(nonce, data, _bound(key.id, context))


def unseal_bytes(key: DataKey, sealed: bytes, context: str) -> bytes:
    """Return what `seal_bytes` was given.

    Raises:
        ValueError: the key was destroyed.
        cryptography.exceptions.InvalidTag: it was sealed by another key or context.
    """
    nonce, body = sealed[:_NONCE], sealed[_NONCE:]
    return AESGCM(_unwrap(key)).decrypt(nonce, body, _bound(key.id, context))


def seal_data(key: DataKey, data: dict[str, Any], context: str) -> bytes:
    """Seal a small JSON object."""
    sealed = seal(key, json.dumps(data), context)
    assert sealed is not None
    return sealed


def unseal_data(key: DataKey, sealed: bytes | None, context: str) -> dict[str, Any]:
    """Return what `seal_data` was given; an empty dict when there is nothing or it was erased."""
    text = unseal(key, sealed, context)
    if text in ("", ERASED):
        return {}
    data: dict[str, Any] = json.loads(text)
    return data


def lookup(practice_id: int, what: str, value: str) -> bytes:
    """Return the keyed hash by which `value` is found again, within one practice only."""
    message = f"{practice_id}:{what}:{value}".encode()
    secret: bytes = current_app.config["LOOKUP_KEY"]
    return hmac.new(secret, message, hashlib.sha256).digest()


def _bound(key_id: uuid.UUID, context: str) -> bytes:
    return key_id.bytes + context.encode()


def _wrap(master: str, key_id: uuid.UUID, plain: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_masters()[master]).encrypt(nonce, plain, key_id.bytes)


def _unwrap(key: DataKey) -> bytes:
    if key.wrapped is None:
        raise ValueError("This data key was destroyed.")
    nonce, body = key.wrapped[:_NONCE], key.wrapped[_NONCE:]
    return AESGCM(_masters()[key.master]).decrypt(nonce, body, key.id.bytes)
