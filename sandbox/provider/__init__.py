"""Gyges' own Inspect sandbox provider: pods over the Docker Engine API, every process of theirs on the record.

environment  the provider as Inspect calls it (`@sandboxenv("gyges")`)
access       the provider as the harness asks it: files, records, what lives
pools        pods kept ready, started while models think
pods         one pod: its two containers and its folder on this machine
execution    one command in a pod
spec         `compose.yaml` as the Engine API takes it: the one declaration of both containers
capture      the three levels of recording, and the profile by which the kernel tells of calls
level        which of them this machine reaches
launch       what runs before a command where the container runtime cannot hand the notices over
owners       whose a pod is, and the removal of what a dead run left
daemon       the Docker Engine: its client, and how much is asked of it at a time
"""
