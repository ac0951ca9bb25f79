"""The demonstration's data: Olympic medals, cleaned, as features of five models, and a backtest."""
