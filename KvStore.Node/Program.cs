using KvStore.Node;
using KvStore.Node.Configuration;
using KvStore.Node.Storage;
using Microsoft.Extensions.Options;

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
