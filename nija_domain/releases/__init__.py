"""What one promoted bundle is, and whether it is complete, signed and no looser.

- `recipe.Recipe`: the trained parts and settings that a release is made from
- `content.ReleaseContent`: the part of a release that decides
- `content.encode_content`: that content as text
- `content.unpack_content`: that content from a release's files
- `manifest.Manifest`: what a release consists of and where it comes from
- `manifest.Bundle`: a whole release in memory
- `manifest.check_bundle`: whether a bundle is complete and unchanged
- `manifest.read_manifest`: reads a manifest
- `manifest.fingerprint`: the one hash of a release
- `draft.Origin`: where a release comes from
- `draft.draft_bundle`: a bundle that is ready to be signed
- `directive.Directive`: an order of the pipelines that narrows the release
- `directive.DirectiveDraft`: a directive without a number yet
- `directive.SignedDirective`: a directive with its signature
- `directive.encode_directive`: a directive as bytes
- `directive.decode_directive`: bytes as a directive
- `holding.ChannelHistory`: what a channel pointed at, and what is held
- `holding.Hold`: one roll-back
- `holding.plan_roll_back`: where a roll-back leads
- `holding.holds_of`: the holds in force
- `holding.why_held`: why a release may not be promoted
- `history.cuts.content_at`: the content at the end of a history
- `history.cuts.market_probs_after`: the market's state at the end of a history
"""
