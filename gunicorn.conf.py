"""How gunicorn serves the hub: `gunicorn` from the root suffices; its command line may override this."""

import os

wsgi_app = "wsgi:web()"
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
timeout = 30
graceful_timeout = 30
# Loaded once before the fork: a wrong configuration stops the start with its sentences, and memory is shared.
preload_app = True
# No socket in the home folder, through which the server could be told what to do.
control_socket_disable = True
