namespace KvStore.Hosting;

/// <summary>
/// Where a project lies. The build of an AppHost generates an implementation for each project that it references, in the
/// namespace <c>Projects</c>.
/// </summary>
public interface IProjectMetadata
{
    /// <summary>The full path of the project file.</summary>
    string ProjectPath { get; }

    /// <summary>The full path of the assembly that building the project makes.</summary>
    string TargetPath { get; }
}
