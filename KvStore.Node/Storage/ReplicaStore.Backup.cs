namespace KvStore.Node.Storage;

/// <content>Copying the store while it is used.</content>
internal sealed partial class ReplicaStore
{
    private readonly Lock _backingUp = new();

    /// <summary>Copies the store as it is now to a new folder, which a node can be started on.</summary>
    /// <param name="directory">The folder.</param>
    /// <returns>An LSN up to which the copy has everything.</returns>
    public long BackUp(string directory)
    {
        // A copy that does not know that it is one must not be taken for a backup: it has another name until it does, and one that
        // begins with a point is in no list. What a process that was killed has left there goes with the next backup.
        var unfinished = Path.Combine(Path.GetDirectoryName(directory)!, $".{StoreId}.unfinished");
        lock (_backingUp)
        {
            Delete(unfinished);
            try
            {
                var watermark = ReadHoldings().Watermark;
                using (var copy = _engine.CreateCheckpoint(unfinished))
                {
                    using var batch = copy.CreateBatch();
                    PutMeta(batch, MetaKeys.Copy, "true");
                    copy.Commit(batch);
                }

                Directory.Move(unfinished, directory);
                return watermark;
            }
            catch
            {
                Delete(unfinished);
                throw;
            }
        }
    }

    private static void Delete(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
