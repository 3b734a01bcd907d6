// Each test has processes enough of its own.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
