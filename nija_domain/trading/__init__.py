"""The decision core: orders, positions, stops, and the fill model that all programs share.

- `core.advance`: one event, and everything that follows from it
- `commands.Action`: what the core asks for: to send an order or a cancel
- `state.State`: everything the core knows
- `state.Order`: one order of ours
- `fold.fold`: the state after one event
- `views.ask_strategy`: the signals of the strategy
- `matching.FillModel`: the costs of a fill
- `matching.RestingOrder`: an order that waits to be filled
- `matching.match_span`: the fill of an order within a price range
- `matching.Fill`: one fill
- `reports.PlacedOrder`: an order to send
- `reports.OrderReport`: an order as the venue sees it
- `reports.FillReport`: a fill as the venue reports it
- `order_ids.short_id`: the first characters of an id
- `order_ids.stop_id_of`: our id of a stop
- `rounding.price_to_decimal`: a price on the venue's steps
"""
