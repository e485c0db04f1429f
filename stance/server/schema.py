"""Prints the service's OpenAPI description: ``python -m stance.server.schema > docs/openapi.json``."""

from __future__ import annotations

import json
import sys

from stance.server.app import create_app
from stance.server.settings import Settings

if __name__ == "__main__":
    sys.stdout.write(json.dumps(create_app(Settings()).openapi(), indent=1, ensure_ascii=False) + "\n")
