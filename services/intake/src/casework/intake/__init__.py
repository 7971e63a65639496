"""Casework intake: receives, acknowledges and assesses complaints."""
