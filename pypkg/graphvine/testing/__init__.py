"""Simulated clock, network, disk and crypto, and checks that every port must pass. Ships in the wheel on purpose."""
