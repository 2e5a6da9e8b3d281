"""How the account moves over the net and the map (CC 4.3(1)(1), R17)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Network, Signal

# Within an hour. Home, telephone, office and a café are four systems; a train through Benelux is three countries.
SYSTEMS, MANY_SYSTEMS = 4, 8
COUNTRIES, MANY_COUNTRIES = 4, 6
PREFIXES = 10  # where nothing is known of systems: a company's proxies and a mobile network's gateways are several

FAR_KM = 1000.0  # nearer, a GeoIP file and whole degrees may be wrong, and trains are fast
ERROR_KM = 500.0  # by which both ends together may be off
FASTEST = 1000.0  # km/h, gate to gate of the fastest airliner in the best wind


@detector(
    group="network",
    codes={
        "fan": Reason.UNUSUAL_SIGN_IN,
        "wide_fan": Reason.UNUSUAL_SIGN_IN,
        "travel": Reason.UNUSUAL_SIGN_IN,
    },
)
def network_pattern(attempt: Attempt) -> Iterator[Signal]:
    """One account sends from many systems or countries within an hour, or from a place nobody can have reached since
    it was last seen. A telephone that changes between home and street, a relay such as Tor or a VPN, a company's
    proxies and a registered program in several data centres are left out; a known device or network explains a journey,
    as a telephone abroad is often routed through its home. Without abusive content it asks for proof and no more."""
    network = attempt.network
    if attempt.client.registered or "allow" in network.lists:
        return
    yield from _fan(network)
    if _impossible(network) and not attempt.client.known_device and not network.known_prefix:
        unknown = attempt.client.known_device is False and network.known_prefix is False
        said = f"{network.travel_km:.0f} km from where it was {network.travel_hours:.1f} hours ago"
        yield Signal(code="travel", reason=said, field="address", weight=1.0 if unknown else 0.5)


def _fan(network: Network) -> Iterator[Signal]:
    systems, countries, prefixes = network.asns_hour, network.countries_hour, network.prefixes_hour
    if systems >= MANY_SYSTEMS or countries >= MANY_COUNTRIES:
        code = "wide_fan"
    elif systems >= SYSTEMS or countries >= COUNTRIES or (not systems and prefixes >= PREFIXES):
        code = "fan"
    else:
        return
    said = f"{prefixes} networks"
    said += f" of {systems} systems" if systems else ""
    said += f" in {countries} countries" if countries else ""
    yield Signal(code=code, reason=f"sent from {said} within an hour", field="address")


def _impossible(network: Network) -> bool:
    if network.travel_km is None or network.travel_hours is None or network.travel_km < FAR_KM:
        return False
    return network.travel_km - ERROR_KM > FASTEST * network.travel_hours
