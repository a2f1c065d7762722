using KvStore.Node.Configuration;
using KvStore.Node.Storage;

namespace KvStore.Tests.Simulation;

/// <summary>Does harm now and then: crashes, also in the middle of a commit, wipes, holds, cuts, connections that end, pauses, a second leader; and mends most of it after a while.</summary>
internal sealed class FaultSchedule(World world)
{
    private readonly int _intervalMaxMs = world.Pick(1000, 4000, 12_000);

    /// <summary>Plans the next fault, and so on.</summary>
    public void Go() => world.Time.After(TimeSpan.FromMilliseconds(world.Random.Next(_intervalMaxMs)), () =>
    {
        if (!world.IsWinding)
        {
            Harm();
            Go();
        }
    });

    private FollowerMachine AnyFollower => world.Followers[world.Random.Next(world.Followers.Count)];

    private void Harm()
    {
        switch (world.Random.Next(19))
        {
            case < 3:
                CrashForAWhile(AnyFollower);
                break;
            case 3:
                CrashForAWhile(world.Leader);
                break;
            case 4:
                world.Machines.ToList().ForEach(CrashForAWhile);
                break;
            case 5 or 6:
                HoldForAWhile(AnyFollower);
                break;
            case 7:
                HoldForAWhile(world.Leader);
                break;
            case 8 when world.OldLeader is null:
                // While an old leader is about, a wiped follower would not know whom to refuse.
                var victim = AnyFollower;
                world.Oracle.Wiped(victim.Disk);
                victim.Wipe();
                Later(victim.Start);
                break;
            case 9 or 10:
                var follower = AnyFollower;
                var (from, to) = world.Random.Next(2) == 0 ? (world.Leader.Name, follower.Name) : (follower.Name, world.Leader.Name);
                world.Network.Cut(from, to);
                if (world.Random.Next(2) == 0)
                {
                    world.Network.Cut(to, from);
                }

                Later(world.Network.Heal);
                break;
            case 11 or 12:
                var lane = world.Random.Next(world.Followers.Count);
                OnLeader(() => world.Leader.SetPaused(lane, true));
                Later(() => OnLeader(() => world.Leader.SetPaused(lane, false)));
                break;
            case 13:
                OnLeader(() => world.Leader.ChangeQuorum(world.Random.Next(1, 6)));
                break;
            case 14:
                OnLeader(() => world.Leader.ChangeLag(world.Pick(new SimulatedLag(0, 0), new SimulatedLag(0, 300), new SimulatedLag(100, 1000))));
                break;
            case 15:
                world.ReplaceLeader();
                Later(world.WakeOldLeader);
                break;
            case 16:
                OnLeader(() => world.Leader.LoseConnection(world.Random.Next(world.Followers.Count)));
                break;
            case 17 or 18:
                world.Leader.InNextCommit(CrashForAWhile);
                break;
        }
    }

    private void CrashForAWhile(Machine machine)
    {
        machine.Crash();
        Later(() =>
        {
            if (!machine.IsRunning && machine != world.OldLeader)
            {
                machine.Start();
            }
        });
    }

    private void HoldForAWhile(Machine machine)
    {
        machine.Hold();
        Later(() =>
        {
            if (machine != world.OldLeader)
            {
                machine.Continue();
            }
        });
    }

    private void OnLeader(Action action)
    {
        if (world.Leader is { IsRunning: true, IsHeld: false })
        {
            world.Leader.Do(() =>
            {
                try
                {
                    action();
                }
                catch (StorageException)
                {
                    world.Note("the setting could not be stored");
                }
            });
        }
    }

    private void Later(Action action) => world.Time.After(TimeSpan.FromMilliseconds(world.Random.Next(world.Pick(500, 5000, 20_000))), action);
}
