"""Yardsticks: what the parts can do without a domain, what a careful hand-written pipeline does, and Casework.

Each measures in its own run on its own parts and ends what it started. Figures mean something only as ratios
within one run on one machine.
"""
