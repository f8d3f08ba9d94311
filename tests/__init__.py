"""What Inflow promises, as tests that mirror the code."""
