{{ roll_up(var('hour_us')) }}
