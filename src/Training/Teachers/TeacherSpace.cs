namespace UnifiedVlm.Training.Teachers;

/// <summary>What a teacher's vectors may be compared with.</summary>
public enum TeacherSpace
{
    /// <summary>Pictures and texts in one space, as CLIP's.</summary>
    Shared,

    /// <summary>Pictures with pictures, as DINOv2's.</summary>
    PictureOnly,

    /// <summary>Texts with texts, as a sentence encoder's.</summary>
    TextOnly,
}
