using KvStore.Dashboard.Telemetry;

namespace KvStore.Dashboard.Components.Traces;

/// <summary>The colours of followers that may not have sent a span yet.</summary>
internal static class FollowerColours
{
    /// <summary>The colour that a follower's telemetry has; before there is any, that of its number.</summary>
    public static int Of(string follower, TelemetryResources known) =>
        known.Find(follower)?.Colour ?? (follower is [.., >= '1' and <= '5' and var digit] ? digit - '0' : Palette.Other);
}
