{{ roll_up(var('day_us')) }}
