"""Simulated clock, network, disk and crypto, and the checks that every port must pass. Ships in the wheel on purpose."""
