"""Signing in by OpenID Connect: the authorisation code flow with PKCE, against the force's own provider.

What it follows: OpenID Connect Core 1.0 and Discovery 1.0, RFC 6749 with the advice of RFC 9700, RFC 7636 (PKCE),
RFC 9207 (who answers), OpenID Connect RP-Initiated Logout 1.0.
"""
