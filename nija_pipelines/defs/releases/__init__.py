"""Assets of the group `releases`: the signed release, and the champion."""
