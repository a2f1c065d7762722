using KvStore.ServiceDefaults.Configuration;
using KvStore.Tests.Storage;

namespace KvStore.Tests.ServiceDefaults;

/// <summary>The secret that processes share by a file.</summary>
public sealed class ClusterSecretFileTests : IDisposable
{
    private const int Racers = 16;
    private const int Rounds = 50;
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task All_who_come_at_once_get_one_secret()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var path = Path.Combine(_folder.Path, $"secret-{round}");
            using var start = new Barrier(Racers);
            var secrets = await Task.WhenAll(Enumerable.Range(0, Racers).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return ClusterSecretFile.ReadOrCreate(path);
                },
                TaskCreationOptions.LongRunning)));

            Assert.Single(secrets.Distinct());
            Assert.Equal(secrets[0], ClusterSecretFile.ReadOrCreate(path));
        }

        Assert.Equal(Rounds, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void A_secret_that_is_there_is_read_and_stays()
    {
        var path = Path.Combine(_folder.Path, "secret");
        File.WriteAllText(path, "written by hand\n");

        Assert.Equal("written by hand", ClusterSecretFile.ReadOrCreate(path));
        Assert.Equal("written by hand\n", File.ReadAllText(path));
    }

    [Fact]
    public void An_empty_file_is_refused()
    {
        var path = Path.Combine(_folder.Path, "secret");
        File.WriteAllText(path, " \n");

        Assert.Throws<InvalidDataException>(() => ClusterSecretFile.ReadOrCreate(path));
    }

    [Fact]
    public void A_made_secret_is_for_its_owner_alone()
    {
        var path = Path.Combine(_folder.Path, "secret");

        Assert.Equal(64, ClusterSecretFile.ReadOrCreate(path).Length);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    public void Dispose() => _folder.Dispose();
}
