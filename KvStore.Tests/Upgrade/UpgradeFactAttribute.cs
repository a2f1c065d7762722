namespace KvStore.Tests.Upgrade;

/// <summary>A test with nodes of the commit before; skipped, with the reason, where the clone does not have it.</summary>
public sealed class UpgradeFactAttribute : FactAttribute
{
    public UpgradeFactAttribute() => Skip = PreviousCommit.WhyNot;
}
