using System.Globalization;

namespace KvStore.Node.Faults;

/// <summary>
/// Which faults a node makes on demand, as <c>KVSTORE_FAULTS</c> says: <c>replicate.drop=0.05,fsync.fail-before=#7</c> drops
/// every twentieth message and fails the seventh commit. For tests; a release build has no fault points.
/// </summary>
internal sealed class FaultPlan
{
    /// <summary>Every point, with what happens there.</summary>
    public static readonly IReadOnlyDictionary<string, string> Points = new Dictionary<string, string>
    {
        [ReplicateDrop] = "a message to a follower is lost",
        [ReplicateDropAnswer] = "a follower's answer is lost",
        [ReplicateDelay] = "a message is late",
        [ReplicateDuplicate] = "a message arrives twice",
        [ReplicatePartial] = "the connection breaks in the middle of a message",
        [ReplicateCrash] = "sending fails in a way that nobody foresaw",
        [FsyncFailBefore] = "a commit fails and is not on disk",
        [FsyncFailAfter] = "a commit fails and is on disk all the same",
    };

    public const string ReplicateDrop = "replicate.drop";
    public const string ReplicateDropAnswer = "replicate.drop-answer";
    public const string ReplicateDelay = "replicate.delay";
    public const string ReplicateDuplicate = "replicate.duplicate";
    public const string ReplicatePartial = "replicate.partial";
    public const string ReplicateCrash = "replicate.crash";
    public const string FsyncFailBefore = "fsync.fail-before";
    public const string FsyncFailAfter = "fsync.fail-after";

    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly Dictionary<string, Point> _points = [];

    private FaultPlan(int seed) => _random = new Random(seed);

    /// <summary>Reads <c>KVSTORE_FAULTS</c>.</summary>
    /// <param name="text">Points with a probability, or <c>#n</c> for the n-th time only, separated by commas.</param>
    /// <param name="seed">Decides what the probabilities leave open.</param>
    /// <exception cref="FormatException">The text does not say that. The message says what is wrong.</exception>
    public static FaultPlan Parse(string text, int seed)
    {
        var plan = new FaultPlan(seed);
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (item.Split('=', 2) is not [var name, var when] || !Points.ContainsKey(name))
            {
                throw new FormatException($"'{item}' is not a fault point with a probability: there are {string.Join(", ", Points.Keys)}.");
            }

            plan._points[name] = when.StartsWith('#') && int.TryParse(when.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var time) && time > 0
                ? new Point(time, 0)
                : double.TryParse(when, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var probability) && probability <= 1
                    ? new Point(null, probability)
                    : throw new FormatException($"'{item}' must have a probability from 0 to 1, or #n for the n-th time.");
        }

        return plan;
    }

    /// <summary>Whether the fault happens this time.</summary>
    public bool Strikes(string point)
    {
        lock (_gate)
        {
            return _points.TryGetValue(point, out var planned)
                && (planned.Time is { } time ? ++planned.Count == time : _random.NextDouble() < planned.Probability);
        }
    }

    /// <summary>A random number from 0 on, below <paramref name="end"/>.</summary>
    public int Draw(int end)
    {
        lock (_gate)
        {
            return _random.Next(end);
        }
    }

    private sealed class Point(int? time, double probability)
    {
        public int? Time { get; } = time;

        public double Probability { get; } = probability;

        public int Count { get; set; }
    }
}
