"""Customers, contact points, orders and costs for programs."""
