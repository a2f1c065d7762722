using System.Runtime.CompilerServices;

namespace KvStore.Tests;

/// <summary>What holds for the whole process of the tests.</summary>
internal static class TestProcess
{
    private const int ThreadsMin = 32;

    /// <summary>
    /// Many nodes run in this one process, beside tests that compute: with as few pool threads as there are processors, a node
    /// would wait seconds for one, and look dead.
    /// </summary>
    [ModuleInitializer]
    public static void Prepare() => ThreadPool.SetMinThreads(ThreadsMin, ThreadsMin);
}
