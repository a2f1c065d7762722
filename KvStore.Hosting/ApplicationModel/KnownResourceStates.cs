namespace KvStore.Hosting.ApplicationModel;

/// <summary>The states that a resource goes through.</summary>
public static class KnownResourceStates
{
    /// <summary>The application has not been started.</summary>
    public static readonly string NotStarted = "NotStarted";

    /// <summary>Waits until the resources that it depends on are healthy.</summary>
    public static readonly string Waiting = "Waiting";

    /// <summary>Its process is about to be started.</summary>
    public static readonly string Starting = "Starting";

    /// <summary>Its process runs, healthy or not.</summary>
    public static readonly string Running = "Running";

    /// <summary>Its process was asked to stop.</summary>
    public static readonly string Stopping = "Stopping";

    /// <summary>Its process is gone: stopped by command, by itself or by a signal.</summary>
    public static readonly string Exited = "Exited";

    /// <summary>There was never a process.</summary>
    public static readonly string FailedToStart = "FailedToStart";

    /// <summary>The states without a process. Only a start command leads out of them.</summary>
    public static readonly IReadOnlyList<string> TerminalStates = [FailedToStart, Exited];
}

/// <summary>The commands that every project resource has.</summary>
public static class KnownResourceCommands
{
    /// <summary>Starts a resource that does not run.</summary>
    public static readonly string StartCommand = "start";

    /// <summary>Stops a resource, gracefully if it can.</summary>
    public static readonly string StopCommand = "stop";

    /// <summary>Stops a resource and starts it again, on the same address.</summary>
    public static readonly string RestartCommand = "restart";
}
