namespace KvStore.Hosting.Engine;

/// <summary>Where the engine writes what resources print, and what it has to say itself.</summary>
internal interface IResourceOutput
{
    /// <summary>A line that a resource printed.</summary>
    void WriteLine(string resourceName, string line, bool isError);

    /// <summary>Something that the engine says to the person who runs the application.</summary>
    void Notify(string message);
}
