using Google.Protobuf;
using KvStore.Node.Replication.Core;

namespace KvStore.Node.Replication.Wire;

/// <summary>Between the wire's messages and the core's values.</summary>
internal static class EpochMessages
{
    /// <summary>The epoch in a message; null when the message has none.</summary>
    public static Epoch? ToEpoch(this EpochMessage? message) => message is null ? null : new Epoch(message.Counter, message.RunId);

    /// <summary>The message for an epoch.</summary>
    public static EpochMessage ToMessage(this Epoch epoch) => new() { Counter = epoch.Counter, RunId = epoch.RunId };

    /// <summary>The snapshot in a message; null when the message has none.</summary>
    public static SnapshotInstall? ToInstall(this SnapshotProgress? message) => message?.Epoch.ToEpoch() is { } epoch
        ? new SnapshotInstall(epoch, message.Lsn, message.AfterKey.ToByteArray(), message.Rows)
        : null;

    /// <summary>The message for a snapshot that is being taken in.</summary>
    public static SnapshotProgress ToMessage(this SnapshotInstall install) => new()
    {
        Epoch = install.Epoch.ToMessage(),
        Lsn = install.Lsn,
        AfterKey = UnsafeByteOperations.UnsafeWrap(install.AfterKey),
        Rows = install.Rows,
    };
}
