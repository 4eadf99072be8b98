"""The time zone of a spot on the map. Apart because the map of zones takes some 35 MB, and is loaded only when the
first location is shared.
"""

from bot.core.zones import is_zone, nearest_zone


def zone_at(latitude: float, longitude: float) -> str:
    """The IANA zone of a spot in degrees. Where no map is installed (there is none for every platform), the zone of the
    nearest principal city."""
    try:
        from tzfpy import get_tz
    except ImportError:
        return nearest_zone(latitude, longitude)
    found = get_tz(longitude, latitude)
    return found if is_zone(found) else nearest_zone(latitude, longitude)
