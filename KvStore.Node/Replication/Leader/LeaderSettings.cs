using System.Globalization;
using KvStore.Node.Configuration;
using KvStore.Node.Storage;
using KvStore.Node.Telemetry;

namespace KvStore.Node.Replication.Leader;

/// <summary>
/// The settings that can be changed while the leader runs. A change is stored together with the value that the environment
/// had then: if the environment says something else at a later start, the environment wins.
/// </summary>
internal sealed class LeaderSettings
{
    private const string QuorumName = "write_quorum";
    private const string LagName = "simulated_lag";

    private readonly Lock _gate = new();
    private readonly ReplicaStore _store;
    private readonly NodeOptions _options;
    private volatile int _writeQuorum;
    private volatile SimulatedLag _lag;

    /// <summary>Reads what was stored and settles it with what is configured.</summary>
    public LeaderSettings(ReplicaStore store, NodeOptions options, ILogger<LeaderSettings> logger)
    {
        (_store, _options) = (store, options);
        _writeQuorum = Settle(
            QuorumName, options.WriteQuorum, ToText, text => int.Parse(text, CultureInfo.InvariantCulture), quorum => quorum <= options.Followers.Count, logger);
        _lag = Settle(LagName, options.Lag, ToText, ToLag, lag => lag.Fault(options.WriteTimeout) is null, logger);
    }

    /// <summary>W for writes that start now.</summary>
    public int WriteQuorum => _writeQuorum;

    /// <summary>The simulated lag for entries committed from now on.</summary>
    public SimulatedLag Lag => _lag;

    /// <summary>Changes W for the writes that start from now on.</summary>
    /// <returns>The value before.</returns>
    public int ChangeQuorum(int writeQuorum)
    {
        lock (_gate)
        {
            var old = _writeQuorum;
            _store.PersistSetting(QuorumName, ToText(writeQuorum), ToText(_options.WriteQuorum));
            _writeQuorum = writeQuorum;
            return old;
        }
    }

    /// <summary>Changes the simulated lag.</summary>
    /// <returns>What it was.</returns>
    public SimulatedLag ChangeLag(SimulatedLag lag)
    {
        lock (_gate)
        {
            var old = _lag;
            _store.PersistSetting(LagName, ToText(lag), ToText(_options.Lag));
            _lag = lag;
            return old;
        }
    }

    private T Settle<T>(string name, T configured, Func<T, string> toText, Func<string, T> read, Func<T, bool> fits, ILogger logger)
    {
        var text = toText(configured);
        if (_store.GetSetting(name) is not { } stored)
        {
            return configured;
        }

        if (stored.Configured != text)
        {
            if (stored.Value != text)
            {
                logger.ConfiguredSettingWins(name, text, stored.Value);
            }

            _store.PersistSetting(name, text, text);
            return configured;
        }

        var value = read(stored.Value);
        if (!fits(value))
        {
            // Fewer followers, or a shorter write timeout, than when the change was made.
            logger.StoredSettingVoid(name, stored.Value, text);
            return configured;
        }

        if (stored.Value != text)
        {
            logger.StoredSettingInForce(name, stored.Value, text);
        }

        return value;
    }

    private static string ToText(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string ToText(SimulatedLag lag) => string.Create(CultureInfo.InvariantCulture, $"{lag.MinMs}-{lag.MaxMs}");

    private static SimulatedLag ToLag(string text)
    {
        var parts = text.Split('-');
        return new SimulatedLag(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
