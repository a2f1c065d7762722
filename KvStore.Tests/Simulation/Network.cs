namespace KvStore.Tests.Simulation;

/// <summary>
/// What lies between the machines: messages are delayed, overtake one another, get lost, and arrive twice, also long after;
/// either direction of a link can be cut.
/// </summary>
internal sealed class Network(World world)
{
    private readonly HashSet<(string From, string To)> _cut = [];

    /// <summary>The share of messages that get lost.</summary>
    public double Loss { get; set; }

    /// <summary>The share of requests that arrive twice.</summary>
    public double Duplication { get; set; }

    /// <summary>The longest way of a message.</summary>
    public int DelayMaxMs { get; set; } = 5;

    /// <summary>Nothing gets from one machine to another until <see cref="Heal"/>.</summary>
    public void Cut(string from, string to)
    {
        world.Note($"{from} does not reach {to} any more");
        _cut.Add((from, to));
    }

    /// <summary>Everything gets through again.</summary>
    public void Heal() => _cut.Clear();

    /// <summary>Sends a request; its answer comes back to the process that sent it. A follower that is down is noticed at once.</summary>
    public void Call(Machine from, FollowerMachine to, string path, byte[] body, Action<byte[]?> answered)
    {
        var back = from.Bound(answered);
        Carry(from.Name, to.Name, late: false, () => Deliver(from, to, path, body, back));
        if (world.Random.NextDouble() < Duplication)
        {
            Carry(from.Name, to.Name, late: true, () => Deliver(from, to, path, body, _ => { }));
        }
    }

    /// <summary>Carries something over a link, perhaps.</summary>
    public void Carry(string from, string to, bool late, Action deliver)
    {
        if (_cut.Contains((from, to)) || world.Random.NextDouble() < Loss)
        {
            return;
        }

        var delay = world.Random.NextDouble() * DelayMaxMs;
        if (late)
        {
            delay += world.Random.Next(15_000);
        }

        world.Time.After(TimeSpan.FromMilliseconds(delay), deliver);
    }

    private void Deliver(Machine from, FollowerMachine to, string path, byte[] body, Action<byte[]?> answered)
    {
        void Reply(byte[]? answer) => Carry(to.Name, from.Name, late: false, () => answered(answer));
        if (to.IsRunning)
        {
            to.Do(() => to.Receive(path, body, Reply));
        }
        else
        {
            Reply(null);
        }
    }
}
