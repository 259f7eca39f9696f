"""How the capital is shared: agents' records, the governor, symbols' risk.

- `governing.Grounds`: everything that a decision of the governor uses
- `governing.govern`: the governor's decision
- `governing.is_due`: whether it is time for one
- `governing.needs_directive`: whether the executor must hear of it
- `governing.entry_of`: the decision for the ledger
- `governing.capital_of`: the account from the journal
- `symbol_risk.RiskRules`: how symbols' risk is measured and limited
- `symbol_risk.weigh_symbols`: weights with equal risk for every symbol
- `risk_parity.SymbolAllocation`: those weights
- `risk_parity.equal_risk_weights`: the computation behind them
- `risk_parity.risk_contributions`: the share of the risk of each weight
- `covariance.ledoit_wolf`: a covariance that few bars can support
- `covariance.sample_covariance`: the plain covariance
"""
