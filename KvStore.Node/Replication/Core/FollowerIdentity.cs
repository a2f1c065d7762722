namespace KvStore.Node.Replication.Core;

/// <summary>Which follower, and which disk of it (IDENTITY).</summary>
/// <param name="NodeId">The follower's NODE_ID; confirmations are counted by it, never by address.</param>
/// <param name="StoreId">Made with the follower's store: another one under the same node id means that the disk was wiped.</param>
internal sealed record FollowerIdentity(string NodeId, string StoreId);
