using KvStore.Analysis.Cluster;
using KvStore.Analysis.Consistency;

namespace KvStore.Tests.Analysis;

/// <summary>What is said of two states that are not the same.</summary>
public class StateComparisonTests
{
    private static readonly NodeState Leader = State(("a", "1", 1), ("b", "2", 2), ("c", "3", 3));

    [Fact]
    public void The_same_keys_values_and_versions_are_identical()
    {
        var comparison = StateComparison.Of(Leader, State(("c", "3", 3), ("a", "1", 1), ("b", "2", 2)));

        Assert.True(comparison.IsIdentical);
        Assert.Equal("nothing", comparison.ToStringWithKeys());
    }

    [Fact]
    public void Missing_extra_and_different_keys_are_told_apart()
    {
        var comparison = StateComparison.Of(Leader, State(("b", "old", 1), ("c", "3", 3), ("z", "9", 9), ("y", "8", 8)));

        Assert.Equal(["a"], comparison.Missing);
        Assert.Equal(["y", "z"], comparison.Extra);
        Assert.Equal(["b"], comparison.Different);
        Assert.Equal("1 missing, 2 extra, 1 different", comparison.ToString());
        Assert.Equal("1 missing (a); 2 extra (y, z); 1 different (b)", comparison.ToStringWithKeys());
    }

    [Fact]
    public void The_same_value_under_another_version_is_a_difference() =>
        Assert.Equal(["c"], StateComparison.Of(Leader, State(("a", "1", 1), ("b", "2", 2), ("c", "3", 4))).Different);

    private static NodeState State(params (string Key, string Value, long Version)[] rows) =>
        new(rows.ToDictionary(row => row.Key, row => row.Value), rows.ToDictionary(row => row.Key, row => row.Version));
}
