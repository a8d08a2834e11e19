"""The demo clinic: what `fetlock demo` loads into an empty database."""

from fetlock_hostapp.demo.loading import load_demo, sign_ins

__all__ = ["load_demo", "sign_ins"]
