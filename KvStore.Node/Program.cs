using KvStore.Node;
using KvStore.Node.Api;
using KvStore.Node.Configuration;
using KvStore.Node.Recovery;
using KvStore.Node.Storage;
using KvStore.ServiceDefaults.Hosting;
using Microsoft.Extensions.Options;

switch (args)
{
    case [RecoverLeaderCommand.Name, .. var rest]:
        return RecoverLeaderCommand.Run(rest, Console.Out, Console.Error);
    case [HealthCheckCommand.Name]:
        return HealthCheckCommand.Run(defaultPort: 8000, Console.Error);
    case ["--help" or "-h" or "help", ..]:
        await Console.Out.WriteLineAsync(Usage.Text);
        return 0;
    case [[not ('-' or '/'), ..] word, ..] when !word.Contains('='):
        await Console.Error.WriteLineAsync($"'{word}' is not a command.{Environment.NewLine}{Usage.Text}");
        return 1;
    default:
        return await RunNodeAsync(args);
}

static async Task<int> RunNodeAsync(string[] args)
{
    SocketThreads.RunContinuationsInPlace();
    try
    {
        await using var node = NodeApplication.Build(args);
        await node.RunAsync();
        return Environment.ExitCode;
    }
    catch (OperationCanceledException)
    {
        return 0; // Told to stop while it was still starting.
    }
    catch (Exception e) when (e is ConfigurationException or StorageException or IOException or OptionsValidationException)
    {
        // The person at the console can mend these; a stack trace would only hide what to do.
        await Console.Error.WriteLineAsync($"The node cannot start.{Environment.NewLine}{e.Message}");
        return 1;
    }
}
