using Google.Protobuf;
using KvStore.Node.Replication.Wire;
using KvStore.Node.Storage;

namespace KvStore.Tests.Storage;

/// <summary>What is told of an entry without decoding it is what decoding tells.</summary>
public class EntryPeekTests
{
    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "a-name")]
    [InlineData(true, "")]
    [InlineData(true, "a-name")]
    public void It_tells_kind_and_idempotency_key(bool isDelete, string name)
    {
        var kind = isDelete ? EntryKind.Delete : EntryKind.Put;
        var entry = new Entry
        {
            Lsn = long.MaxValue,
            Epoch = new EpochMessage { Counter = 300, RunId = ulong.MaxValue },
            Kind = kind,
            Key = ByteString.CopyFrom(new byte[1024]),
            Value = ByteString.CopyFrom(new byte[1 << 20]),
            WriteQuorum = 3,
            CommittedAtUnixMs = 1_800_000_000_000,
            TraceContext = ByteString.CopyFrom(new byte[24]),
            IdempotencyKey = name,
        };

        Assert.Equal(new EntryPeek(kind, name.Length > 0), EntryPeek.Read(entry.ToByteArray()));
    }

    [Fact]
    public void Bytes_that_end_early_or_are_no_entry_are_refused()
    {
        var bytes = TestEntry.Put(7, "key", "value").Bytes.ToArray();

        Assert.Throws<InvalidDataException>(() => EntryPeek.Read(bytes.AsSpan(..^1)));
        Assert.Throws<InvalidDataException>(() => EntryPeek.Read([0xFF, 0xFF]));
        Assert.Throws<InvalidDataException>(() => EntryPeek.Read([0x0F]));
    }
}
