"""Screenshots small enough for a repository: 256 colours are plenty for flat pages."""

import base64
import struct
import zlib
from typing import Any

from playwright.sync_api import Browser

# Keeps the 256 most frequent colours and gives every pixel the number of the nearest.
_INDEXED = """async (address) => {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const rgba = context.getImageData(0, 0, image.width, image.height).data;
  const shades = new Map();
  for (let i = 0; i < rgba.length; i += 4) {
    const colour = (rgba[i] << 16) | (rgba[i + 1] << 8) | rgba[i + 2];
    shades.set(colour, (shades.get(colour) || 0) + 1);
  }
  const kept = [...shades].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([colour]) => colour);
  const places = new Map(kept.map((colour, place) => [colour, place]));
  const apart = (a, b) => Math.abs((a >> 16) - (b >> 16)) + Math.abs(((a >> 8) & 255) - ((b >> 8) & 255)) +
    Math.abs((a & 255) - (b & 255));
  for (const colour of shades.keys()) {
    if (!places.has(colour)) {
      let best = 0;
      kept.forEach((one, place) => { if (apart(one, colour) < apart(kept[best], colour)) best = place; });
      places.set(colour, best);
    }
  }
  let pixels = "";
  for (let i = 0; i < rgba.length; i += 4) {
    pixels += String.fromCharCode(places.get((rgba[i] << 16) | (rgba[i + 1] << 8) | rgba[i + 2]));
  }
  return {width: image.width, height: image.height, palette: kept, pixels: btoa(pixels)};
}"""


def small(png: bytes, browser: Browser) -> bytes:
    """Return the same picture as a PNG with a palette; the browser decodes it, so no library is needed."""
    page = browser.new_page()
    found: dict[str, Any] = page.evaluate(_INDEXED, "data:image/png;base64," + base64.b64encode(png).decode())
    page.close()
    width, height = int(found["width"]), int(found["height"])
    pixels = base64.b64decode(found["pixels"])
    lines = b"".join(b"\0" + pixels[line * width : (line + 1) * width] for line in range(height))
    palette = b"".join(struct.pack(">I", colour)[1:] for colour in found["palette"])
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)  # 8 bits a pixel, with a palette
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
