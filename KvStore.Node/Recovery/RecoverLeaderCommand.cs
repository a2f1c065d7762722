using KvStore.Node.Configuration;
using KvStore.Node.Storage;

namespace KvStore.Node.Recovery;

/// <summary>The command <c>recover-leader</c>.</summary>
internal static class RecoverLeaderCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "recover-leader";

    /// <summary>Runs it.</summary>
    /// <param name="args">The arguments after the name.</param>
    /// <param name="output">Gets what was done, line by line.</param>
    /// <param name="error">Gets what stood in the way.</param>
    /// <returns>The exit code: 0 when the leader's store is made, otherwise 1.</returns>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        if (args is ["--help" or "-h"])
        {
            output.WriteLine(Usage.RecoverLeader);
            return 0;
        }

        try
        {
            new LeaderRecovery(RecoverLeaderOptions.Read(args), output).Run();
            return 0;
        }
        catch (Exception e) when (e is ConfigurationException or StorageException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"The leader's store was not made.{Environment.NewLine}{e.Message}");
            return 1;
        }
    }
}
