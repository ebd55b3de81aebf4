"""The nightly regression job."""
