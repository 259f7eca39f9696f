"""What the executor reads in a turn: releases, directives, orders, candles."""
