using KvStore.Hosting.Engine;

namespace KvStore.Hosting.ApplicationModel;

/// <summary>Runs the commands of <see cref="KnownResourceCommands"/> on resources.</summary>
public sealed class ResourceCommandService
{
    private readonly Orchestrator _orchestrator;

    internal ResourceCommandService(Orchestrator orchestrator)
    {
        _orchestrator = orchestrator;
    }

    /// <summary>
    /// Runs a command. Stop has its effect when this returns; after start and restart the process runs, but need not be
    /// healthy yet. Commands on one resource run one after the other.
    /// </summary>
    /// <param name="resourceId">The name of the resource.</param>
    /// <param name="commandName">One of <see cref="KnownResourceCommands"/>.</param>
    /// <param name="cancellationToken">Gives up waiting. A process that was told to stop stops nevertheless.</param>
    /// <returns>Whether it worked, and if not why: no such resource or command, a resource that runs already, or does not.</returns>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        if (_orchestrator.FindRunner(resourceId) is not { } runner)
        {
            return ExecuteCommandResult.Failure($"There is no running application with a resource '{resourceId}'.");
        }

        try
        {
            return commandName switch
            {
                _ when commandName == KnownResourceCommands.StartCommand => await runner.StartAsync(cancellationToken),
                _ when commandName == KnownResourceCommands.StopCommand => await runner.StopAsync(cancellationToken),
                _ when commandName == KnownResourceCommands.RestartCommand => await runner.RestartAsync(cancellationToken),
                _ => ExecuteCommandResult.Failure($"Resource '{resourceId}' has no command '{commandName}'."),
            };
        }
        catch (DistributedApplicationException exception)
        {
            return ExecuteCommandResult.Failure(exception.Message);
        }
    }
}

/// <summary>What became of a command.</summary>
public sealed class ExecuteCommandResult
{
    private ExecuteCommandResult()
    {
    }

    /// <summary>Whether the command did what it is for.</summary>
    public required bool Success { get; init; }

    /// <summary>Why not, when it did not.</summary>
    public string? Message { get; init; }

    internal static ExecuteCommandResult Succeeded { get; } = new() { Success = true };

    internal static ExecuteCommandResult Failure(string message) => new() { Success = false, Message = message };
}
