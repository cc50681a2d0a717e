"""Lazada's rules as data. Its own hours for shipping come with each item (`sla_time_stamp`)."""

from entrepot.marketplaces.policy import Policy

POLICY = Policy(name="lazada", handling_hours=48)
