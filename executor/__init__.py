"""The thin shell around the decision core: observe, decide, guard, act, record."""
