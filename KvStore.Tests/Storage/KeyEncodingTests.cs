using KvStore.Node.Storage;

namespace KvStore.Tests.Storage;

public class KeyEncodingTests
{
    [Fact]
    public void Version_keys_sort_by_key_and_then_newest_first_whatever_the_bytes()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var versions = Enumerable.Range(0, 200).Select(_ => (Key: NastyKeys.Next(random), Lsn: random.NextInt64(1, 1000))).Distinct().ToList();

            var expected = versions.OrderBy(v => v.Key, ByteOrder.Instance).ThenByDescending(v => v.Lsn).ToList();
            var encoded = versions.OrderBy(v => KeyEncoding.VersionKey(v.Key, v.Lsn), ByteOrder.Instance).ToList();

            for (var i = 0; i < expected.Count; i++)
            {
                Assert.True(
                    expected[i].Key.SequenceEqual(encoded[i].Key) && expected[i].Lsn == encoded[i].Lsn,
                    $"seed {seed}: at {i} {Convert.ToHexString(encoded[i].Key)}@{encoded[i].Lsn} instead of {Convert.ToHexString(expected[i].Key)}@{expected[i].Lsn}");
            }
        }
    }

    [Fact]
    public void A_version_key_gives_back_its_key_and_lsn()
    {
        var random = new Random(1);
        for (var i = 0; i < 5000; i++)
        {
            var (key, lsn) = (NastyKeys.Next(random), random.NextInt64(1, long.MaxValue));

            var encoded = KeyEncoding.VersionKey(key, lsn);

            Assert.Equal(key, KeyEncoding.DecodeKey(encoded));
            Assert.Equal(lsn, KeyEncoding.LsnOf(encoded));
        }
    }

    [Fact]
    public void No_keys_versions_lie_between_those_of_another()
    {
        var random = new Random(2);
        for (var i = 0; i < 5000; i++)
        {
            var (one, other) = (NastyKeys.Next(random), NastyKeys.Next(random));
            if (one.SequenceEqual(other))
            {
                continue;
            }

            var (newest, oldest) = (KeyEncoding.VersionKey(one, long.MaxValue), KeyEncoding.VersionKey(one, 1));
            var between = KeyEncoding.VersionKey(other, random.NextInt64(1, long.MaxValue));

            Assert.False(
                ByteOrder.Instance.Compare(newest, between) < 0 && ByteOrder.Instance.Compare(between, oldest) < 0,
                $"{Convert.ToHexString(other)} lies among the versions of {Convert.ToHexString(one)}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00010203")]
    [InlineData("61620002FFFFFFFFFFFFFFFE")]
    public void Bytes_that_are_not_a_version_key_are_refused(string hex) =>
        Assert.Throws<StorageException>(() => KeyEncoding.DecodeKey(Convert.FromHexString(hex)));
}
