namespace UnifiedVlm.Training.Data;

/// <summary>Which part of the data a source draws from: concepts, combinations of concepts and manual pages are told apart once, when the data is built.</summary>
public enum DataSplit
{
    Train,
    Validation,
    Test,
}
