"""Gyges' own Inspect sandbox provider: pods over the Docker Engine API, every process of theirs on the record.

environment  the provider as Inspect calls it (`@sandboxenv("gyges")`)
pools        pods kept ready, started while models think
pods         one pod: its two containers and its folder on this machine
execution    one command in a pod
spec         `compose.yaml` as the Engine API takes it: the one declaration of both containers
capture      how much of a pod this machine can record, and the profile that makes it so
owners       whose a pod is, and the removal of what a dead run left
daemon       the Docker Engine: its client, and how much is asked of it at a time
"""
