"""The screen, driven at fixed sizes by recorded and generated launches."""
