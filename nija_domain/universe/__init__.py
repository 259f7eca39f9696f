"""What to trade.

- `chain.choose_symbols`: the first list with a symbol in it: scanner, then the settings' lists
- `chain.ChosenSymbols`: the chosen symbols and the list they come from
- `chain.SCANNER`: the name of the scanner's own list
- `history.symbol_metrics.measure_symbol`: measures one symbol
- `scanner.SymbolMetrics`: one symbol's numbers for the scan
- `scanner.ScanRules`: what a symbol must show, and how many are kept
- `scanner.scan_universe`: ranks the symbols
- `scanner.Scan`: the kept symbols, and why the others are dropped
- `symbols.DEFAULT_SYMBOLS`: the nine symbols of a new installation
"""
